/** The part of viz that colours a text, without its pictures. */
export { colorText } from "@org/viz";
